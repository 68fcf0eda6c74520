const isPostgres = (knex) => knex.client.dialect === 'postgresql';

/** Names of all tables of a database but its own. */
async function tableNames(knex) {
  const rows = isPostgres(knex)
    ? await knex('pg_tables').where({ schemaname: 'public' }).select({ name: 'tablename' })
    : await knex('sqlite_master')
        .where({ type: 'table' })
        .whereNot('name', 'like', 'sqlite_%')
        .select('name');
  return rows.map(({ name }) => name).sort();
}

/** Every row of every table. */
export async function tablesOf(knex) {
  const tables = {};
  for (const name of await tableNames(knex)) tables[name] = await knex(name).select('*');
  return tables;
}

/** Keeps a copy of the database, for `restoreTables`. @param file Of a SQLite; a PostgreSQL keeps it within itself. */
export async function saveTables(knex, file) {
  if (!isPostgres(knex)) {
    await knex.raw('VACUUM INTO ?', [file]);
    return;
  }
  await knex.raw('CREATE SCHEMA saved');
  for (const name of await tableNames(knex))
    await knex.raw('CREATE TABLE saved.?? AS TABLE ??', [name, name]);
}

/** Makes every table what it was, under a Strapi that goes on running. */
export async function restoreTables(knex, file) {
  if (isPostgres(knex)) {
    await knex.transaction(async (transaction) => {
      // No foreign key is checked.
      await transaction.raw('SET LOCAL session_replication_role = replica');
      await refill(transaction, 'public');
    });
    return;
  }
  await knex.raw('PRAGMA foreign_keys = OFF');
  await knex.raw('ATTACH ? AS saved', [file]);
  await refill(knex, 'main');
  await knex.raw('DETACH saved');
  await knex.raw('PRAGMA foreign_keys = ON');
}

async function refill(knex, schema) {
  for (const name of await tableNames(knex)) {
    await knex.raw('DELETE FROM ??.??', [schema, name]);
    await knex.raw('INSERT INTO ??.?? SELECT * FROM saved.??', [schema, name, name]);
  }
}
