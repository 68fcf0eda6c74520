import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';

export interface TabsProps {
  readonly name: string;
  readonly tabs: readonly { readonly id: string; readonly title: string; readonly content: ReactNode }[];
}

/** One of several views; the arrow keys go from tab to tab. */
export function Tabs({ name, tabs }: TabsProps) {
  const [shown, setShown] = useState(tabs[0]?.id);
  const list = useRef<HTMLDivElement>(null);
  const index = Math.max(
    0,
    tabs.findIndex(({ id }) => id === shown),
  );
  const current = tabs[index];

  function onKeyDown({ key }: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: index + 1,
      ArrowLeft: index - 1,
      Home: 0,
      End: -1,
    };
    const next = steps[key];
    if (next === undefined) return;
    const tab = tabs[(next + tabs.length) % tabs.length];
    setShown(tab?.id);
    list.current?.querySelector<HTMLElement>(`#tab-${tab?.id}`)?.focus();
  }

  return (
    <section className="panel tabs">
      <div role="tablist" aria-label={name} ref={list} onKeyDown={onKeyDown}>
        {tabs.map(({ id, title }) => (
          <button
            type="button"
            role="tab"
            key={id}
            id={`tab-${id}`}
            aria-selected={id === current?.id}
            aria-controls={`view-${id}`}
            tabIndex={id === current?.id ? 0 : -1}
            onClick={() => setShown(id)}
          >
            {title}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`view-${current?.id}`}
        aria-labelledby={`tab-${current?.id}`}
        className="tab"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls has to be reached by keys
        tabIndex={0}
      >
        {current?.content}
      </div>
    </section>
  );
}
