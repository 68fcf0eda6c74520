import { Component, type ReactNode } from 'react';

export interface BoundaryProps {
  /** What is in it, as a person calls it. */
  readonly name: string;
  /** Whenever one of them changes, what is in it is tried again. */
  readonly shown: readonly unknown[];
  readonly children: ReactNode;
}

interface BoundaryState {
  readonly error: unknown;
  readonly hasFailed: boolean;
  /** What was shown when it failed. */
  readonly shown: readonly unknown[];
}

/** What cannot be drawn says so in its own place; the rest of the page stands. */
export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { error: null, hasFailed: false, shown: this.props.shown };

  static getDerivedStateFromError(error: unknown) {
    return { error, hasFailed: true };
  }

  static getDerivedStateFromProps({ shown }: BoundaryProps, before: BoundaryState) {
    return shown.every((one, index) => one === before.shown[index]) ? null : { shown, hasFailed: false };
  }

  override render() {
    const { error, hasFailed } = this.state;
    if (!hasFailed) return this.props.children;
    return (
      <p className="empty" role="alert">
        {this.props.name} cannot be shown: {error instanceof Error ? error.message : String(error)}. Choose
        another actor or moment, or load the page again.
      </p>
    );
  }
}
