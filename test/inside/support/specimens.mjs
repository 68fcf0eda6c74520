const specimen = 'api::specimen.specimen';
const plaque = 'api::plaque.plaque';

const backslashes = 'a \\ b \' c " d ` e ? f :g $1 %_ \n\t\r -- /* \u2028 🚢 çğış';

/** Of each type the smallest, the greatest and the emptiest value that the databases keep, and what is read as another where it can be. */
const values = [
  {},
  {
    ...{ string: '', text: '', richtext: '', color: '', integer: 0, biginteger: '0', float: 0, decimal: 0 },
    ...{ boolean: false, json: {}, blocks: [], position: [] },
  },
  {
    ...{ string: ' ', text: 'null', richtext: '0', email: 'a@example.com', color: '#000000' },
    ...{ integer: -2147483648, biginteger: '-9007199254740993', float: -Number.MAX_VALUE },
    ...{ decimal: -99999999.99, date: '1000-01-01', time: '00:00:00.000', boolean: false, json: [] },
    ...{ datetime: '1000-01-01T00:00:00.000Z', timestamp: '1970-01-12T13:46:40.000Z' },
    ...{ enumeration: 'one', password: 'secret of a specimen', position: { x: -1.5, y: 0 } },
  },
  {
    ...{ string: 'x'.repeat(255), text: 'ş🚢'.repeat(20_000), richtext: '# A\n\n* b', color: 'rgb(1, 2, 3)' },
    ...{ integer: 2147483647, biginteger: '9007199254740993', float: 0.1 + 0.2, decimal: 99999999.99 },
    ...{ date: '9999-12-31', time: '23:59:59.999', datetime: '9999-12-31T23:59:59.999Z', boolean: true },
    ...{ timestamp: '2038-01-19T03:14:07.999Z', json: { '': [null, 0, '', [], {}, { ü: '🚢' }] } },
    blocks: [{ type: 'paragraph', children: [{ type: 'text', text: backslashes, bold: true }] }],
  },
  {
    ...{ string: backslashes.slice(0, 30), text: backslashes, richtext: backslashes, color: backslashes },
    ...{ biginteger: '-1', float: -2.2250738585072014e-308, decimal: 0.01 },
    ...{ date: '1969-12-31', time: '12:00:00.001', datetime: '1969-12-31T23:59:59.999Z' },
    ...{ json: { text: backslashes }, position: [[[]]] },
  },
  // As a field of JSON takes a text: a JSON text of its own.
  ...['5', '-0.5', 'null', '[true, "1"]'].map((json) => ({ json, position: json })),
];

/** Adds rows of them to hard content: of every value, and links of every kind. */
export async function seedSpecimens(app) {
  const queries = (uid) => app.db.query(uid);
  const documents = app.documents(specimen);
  const [files, categories, authors] = [
    await queries('plugin::upload.file').findMany(),
    await queries('api::category.category').findMany({ where: { locale: 'en' } }),
    await queries('api::author.author').findMany(),
  ];
  const pick = (rows, at) => rows.slice(at % 2, (at % 2) + 3);
  const idsOf = (rows) => rows.map(({ id }) => id);
  const documentsOf = (rows) => rows.map(({ documentId }) => documentId);
  const mediaOf = (at) => ({ cover: files[at % 2]?.id, gallery: idsOf(pick(files, at)).reverse() });
  const componentOf = (at) => ({
    ...values[at],
    ...mediaOf(at),
    category: categories[at % 2]?.documentId,
    authors: documentsOf(pick(authors, at)),
    link: { label: `Link ${at}`, href: '', category: categories[1]?.documentId },
  });
  const made = [];
  for (const [at, scalars] of values.entries()) {
    const [earlier, first] = [made.at(-1)?.documentId, made[0]?.documentId];
    const data = {
      ...scalars,
      ...(at % 2 === 0 ? {} : { ...mediaOf(at), one: componentOf(at) }),
      ...(at % 3 === 0 ? {} : { several: [componentOf(at - 1), componentOf(at), {}] }),
      zone: [
        { __component: 'specimens.every', ...componentOf(at) },
        { __component: 'shared.link', label: null },
      ],
      ...(earlier === undefined
        ? {}
        : { twin: earlier, parent: first, friends: documentsOf(made).reverse() }),
      category: categories[0]?.documentId,
      categories: documentsOf(pick(categories, at)),
      places: documentsOf(pick(categories, at + 1)).reverse(),
    };
    made.push(await documents.create({ locale: 'en', data }));
  }
  for (const [at, { documentId }] of made.entries()) {
    if (at % 2 === 0) await documents.publish({ documentId, locale: 'en' });
    if (at % 3 === 0)
      await documents.update({ documentId, locale: 'tr', data: { ...values[(at + 1) % 5], string: 'tr' } });
  }
  const [plates, specimens] = [queries(plaque), queries(specimen)];
  const plaques = [];
  for (const name of ['', 'bronze', 'marble']) plaques.push(await plates.create({ data: { name } }));
  const morphs = [
    ...plaques.map(({ id }) => ({ __type: plaque, id })),
    ...pick(files, 0).map(({ id }) => ({ __type: 'plugin::upload.file', id })),
    ...pick(authors, 0).map(({ id }) => ({ __type: 'api::author.author', id })),
  ];
  // What Strapi's documents do not take: links that are columns, and links to rows of any type.
  for (const [at, { id }] of made.entries())
    if (at > 0)
      await specimens.update({
        where: { id },
        data: {
          keeper: authors[at % 2]?.id,
          subject: morphs[at % morphs.length],
          subjects: morphs.slice(at % 3).reverse(),
        },
      });
}
