// What the page uses of the admin panel that it is a part of, in the words of Strapi's own types.

declare module '@strapi/strapi/admin' {
  import type { ComponentType, ReactNode } from 'react';

  export interface Permission {
    readonly action: string;
    readonly subject: null;
  }
  type Part<Props = object> = ComponentType<Props & { readonly children?: ReactNode }>;

  export const ConfirmDialog: Part<{
    readonly onConfirm: () => void;
    readonly title: ReactNode;
    readonly variant?: 'danger';
  }>;
  export const Layouts: {
    readonly Root: Part;
    readonly Header: Part<{ readonly title: string; readonly subtitle: string }>;
    readonly Content: Part;
  };
  export const Page: {
    readonly Error: Part;
    readonly Loading: Part;
    readonly Main: Part;
    readonly Protect: Part<{ readonly permissions: readonly Permission[] }>;
    readonly Title: Part;
  };
  export function useFetchClient(): {
    get<Data>(url: string): Promise<{ readonly data: Data }>;
    post<Data>(url: string): Promise<{ readonly data: Data }>;
  };
  export function useNotification(): {
    toggleNotification(notification: {
      readonly type: 'success' | 'warning' | 'danger';
      readonly message: string;
    }): void;
  };
  export function useRBAC(permissions: readonly Permission[]): {
    readonly allowedActions: Readonly<Record<string, boolean>>;
  };
}

declare module '@strapi/design-system' {
  import type { ComponentType, ReactNode } from 'react';

  type Part = ComponentType<Readonly<Record<string, unknown>> & { readonly children?: ReactNode }>;

  export const Badge: Part;
  export const Box: Part;
  export const Button: Part;
  export const Dialog: { readonly Root: Part; readonly Trigger: Part };
  export const EmptyStateLayout: Part;
  export const Link: Part;
  export const Table: Part;
  export const Tbody: Part;
  export const Td: Part;
  export const Th: Part;
  export const Thead: Part;
  export const Tr: Part;
  export const Typography: Part;
  export const VisuallyHidden: Part;
}
