/** Names of all tables of a SQLite database but its own. */
async function tableNames(knex) {
  const rows = await knex.raw(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  return rows.map(({ name }) => name).sort();
}

/** Every row of every table. */
export async function tablesOf(knex) {
  const tables = {};
  for (const name of await tableNames(knex)) tables[name] = await knex.raw('SELECT * FROM ??', [name]);
  return tables;
}

/** Keeps a copy of the database, for `restoreTables`. */
export async function saveTables(knex, file) {
  await knex.raw('VACUUM INTO ?', [file]);
}

/** Makes every table what it was, under a Strapi that goes on running. */
export async function restoreTables(knex, file) {
  await knex.raw('PRAGMA foreign_keys = OFF');
  await knex.raw('ATTACH ? AS saved', [file]);
  for (const name of await tableNames(knex)) {
    await knex.raw('DELETE FROM main.??', [name]);
    await knex.raw('INSERT INTO main.?? SELECT * FROM saved.??', [name, name]);
  }
  await knex.raw('DETACH saved');
  await knex.raw('PRAGMA foreign_keys = ON');
}
