import type { Entity } from '../protocol/content.js';

/** The id of a row, as one of the two sides has it. */
export type Id = Entity['id'];

/** What becomes of the destination's row, or that of the source that comes. */
export type RowVerb = 'add' | 'replace' | 'delete' | 'keep';

/** One row of a document: a locale, as a draft or published. */
export interface RowChange {
  /**
   * `add`: it comes, and nothing stands there. `replace`: it comes, and takes the id of the row that stands there.
   * `delete`: it stands, and its document comes without it. `keep`: it comes, and what stands stays.
   */
  readonly verb: RowVerb;
  /** Null where the type has no locales. */
  readonly locale: string | null;
  /** Null where the type has no drafts. */
  readonly state: 'draft' | 'published' | null;
  /** The id that the row has at the source; absent where none comes. */
  readonly comes?: number | string;
  /** The id that the row has at the destination; absent where none stands. */
  readonly stands?: number | string;
}

/** What a merge does with one document, a file of the media library among them. */
export interface DocumentChange {
  /** `add`: it is new there. `replace`: its rows take the place of those that stand. `keep`: what stands stays, whole. */
  readonly verb: 'add' | 'replace' | 'keep';
  /** The uid of its content type. */
  readonly type: string;
  /** As the source has it. */
  readonly documentId: string;
  /** As the destination has it, where that differs: of a single type, a locale, a file that was matched by its name. */
  readonly standsAs?: string;
  /** What people call it. */
  readonly title?: string;
  /** A row of it was changed at the destination after the one that comes. */
  readonly isNewerThere: boolean;
  /**
   * Why what stands stays: nothing differs, it is newer there, it only came along with others, or nothing is replaced.
   * `unsent`: it is a file or folder of a Strapi, which takes new ones and no change of one that stands.
   */
  readonly because?: 'same' | 'newer' | 'alongside' | 'stands' | 'unsent';
  /** It is a file or folder whose folder neither comes nor stands there: it lies in none afterwards. Absent for others. */
  readonly liesInNone?: true;
  /** Of a file of the media library that comes, without its formats; absent where that is not known. */
  readonly bytes?: number;
  readonly rows: readonly RowChange[];
}

/** A link of what comes to a row that neither comes nor stands at the destination. */
export interface MissingLink {
  readonly type: string;
  readonly documentId: string;
  readonly title?: string;
  /** The field, after the component that holds it: `categories`, `sections.0.image`. */
  readonly field: string;
  readonly target: { readonly type: string; readonly documentId: string; readonly title?: string };
}

/** A field that must be unique has the same value in a document that comes and in another one that stands. */
export interface Collision {
  readonly type: string;
  readonly documentId: string;
  readonly field: string;
  readonly value: string;
  /** The document that stands. */
  readonly standing: string;
}

/** Links of rows that stay, which a merge removes: by the field that holds them. */
export interface LostLink {
  readonly type: string;
  readonly field: string;
  readonly target: string;
  readonly count: number;
  /**
   * `deleted`: the row that they point to is deleted. `taken`: a relation that its target can have once only is given to a
   * document that comes. `oneWay`: a Strapi loses links from rows that stay to documents that are replaced. `moved`: it keeps
   * the link, and puts it behind the others of its row.
   */
  readonly because: 'deleted' | 'taken' | 'oneWay' | 'moved';
}

/** What a merge does, before it does it. */
export interface MergePlan {
  readonly documents: readonly DocumentChange[];
  /** Documents that are newer at the destination; refused unless it was said which of the two wins. */
  readonly conflicts: readonly DocumentChange[];
  /** Refused unless they were allowed. */
  readonly missing: readonly MissingLink[];
  /** Always refused. */
  readonly collisions: readonly Collision[];
  readonly lost: readonly LostLink[];
  /** Files whose bytes come, and how many bytes; null where a size is not known. */
  readonly files: { readonly count: number; readonly bytes: number | null };
}
