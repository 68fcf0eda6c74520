import type { StrapiInstance } from './strapi.js';

type Answer = Readonly<Record<string, unknown>>;

/** What the admin panel asks of its server, as the first user of it. */
export interface AdminPanel {
  /** The data that it answers with, or all of an answer that names none; rejects where it refuses. */
  ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<Answer>;
}

/** Logs in as the first user of the admin panel, who is registered where there is none. */
export async function openPanel({ adminUrl }: Pick<StrapiInstance, 'adminUrl'>): Promise<AdminPanel> {
  const origin = new URL(adminUrl).origin;
  let token: string | null = null;
  const ask: AdminPanel['ask'] = async (method, path, body) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const answer = JSON.parse(text) as Answer & { readonly data?: Answer };
    return answer.data ?? answer;
  };
  const user = {
    firstname: 'Ada',
    lastname: 'L',
    email: 'admin@example.com',
    password: 'A-planted-password-1',
  };
  const { email, password } = user;
  const answered = await ask('POST', '/admin/register-admin', user).catch(() =>
    ask('POST', '/admin/login', { email, password }),
  );
  token = String(answered['token']);
  return { ask };
}
