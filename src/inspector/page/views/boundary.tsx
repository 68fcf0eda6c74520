import { Component, type ReactNode } from 'react';

export interface BoundaryProps {
  /** The name of the content, for people. */
  readonly name: string;
  /** The content is tried again whenever one of these changes. */
  readonly shown: readonly unknown[];
  readonly children: ReactNode;
}

interface BoundaryState {
  readonly error: unknown;
  readonly hasFailed: boolean;
  /** The value of `shown` at the failure. */
  readonly shown: readonly unknown[];
}

/** Shows an error in place of content that cannot be drawn; the rest of the page stays. */
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
