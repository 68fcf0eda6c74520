import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deterministicBytes, picture } from './bytes.mjs';

const ARTICLE_ROWS = 200;
const article = 'api::article.article';
const author = 'api::author.author';
const category = 'api::category.category';
const homepage = 'api::homepage.homepage';

/** Everything that has ever gone wrong in a transfer, in one small site. Same values at every run. */
export async function seedHard(app) {
  await app.plugin('i18n').service('locales').create({ code: 'tr', name: 'Turkish (tr)' });
  const files = await uploadFiles(app);
  const authors = await createAuthors(app, files);
  const categories = await createCategories(app);
  const articles = await createArticles(app, { files, authors, categories });
  await createHomepage(app, { articles, categories });
  // Not enabled: nothing may leave the machine.
  await app.db.query('strapi::webhook').create({
    data: {
      name: 'Rebuild the site',
      url: 'http://127.0.0.1:9/hook',
      headers: { 'x-test': 'yes' },
      events: ['entry.publish', 'media.create'],
      enabled: false,
    },
  });
}

async function uploadFiles(app) {
  const folder = await mkdtemp(join(tmpdir(), 'ferry-seed-'));
  const upload = async (name, mimetype, bytes) => {
    const filepath = join(folder, 'file');
    await writeFile(filepath, bytes);
    const [file] = await app
      .plugin('upload')
      .service('upload')
      .upload({
        data: { fileInfo: { name, alternativeText: `Alt ${name}`, caption: null } },
        files: { filepath, originalFilename: name, mimetype, size: bytes.length },
      });
    return file;
  };
  try {
    return {
      images: [
        await upload('harbour.png', 'image/png', picture(1200, 900, 0)),
        await upload('İstanbul Boğazı – gün batımı çşğüö.png', 'image/png', picture(1024, 768, 90)),
        await upload('ferry ⛴️🌊.png', 'image/png', picture(640, 480, 180)),
      ],
      documents: [
        await upload('boş dosya.txt', 'text/plain', Buffer.alloc(0)),
        await upload('notlar 📝.txt', 'text/plain', Buffer.from('Çok güzel bir gün.\n', 'utf8')),
        await upload('no-extension', 'application/octet-stream', deterministicBytes(70_001, 2)),
        await upload('large.bin', 'application/octet-stream', deterministicBytes(8 * 1024 * 1024, 1)),
        await insertUnslugged(app, 'Üsküdar iskelesi ⛴️🌊 ığüşöç', '.txt', Buffer.from('Vapur kalkıyor.\n')),
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An upload makes an ASCII name of any name; rows that came by import or migration keep theirs. */
async function insertUnslugged(app, hash, ext, bytes) {
  await writeFile(join(app.dirs.static.public, 'uploads', `${hash}${ext}`), bytes);
  const data = {
    documentId: 'unsluggedfile00000000000',
    name: `${hash}${ext}`,
    hash,
    ext,
    mime: 'text/plain',
    size: bytes.length / 1000,
    url: `/uploads/${hash}${ext}`,
    provider: 'local',
    folderPath: '/',
  };
  return app.db.query('plugin::upload.file').create({ data });
}

async function createAuthors(app, { images }) {
  const authors = [];
  for (const [index, name] of ['Ayşe Yılmaz', 'Björn Öst', '李小龍', 'Zoë O’Neil'].entries()) {
    const avatar = index % 2 === 0 ? images[0].id : null;
    authors.push(
      await app.documents(author).create({ data: { name, email: `author${index}@example.com`, avatar } }),
    );
  }
  return authors;
}

async function createCategories(app) {
  const categories = [];
  for (let index = 0; index < 6; index += 1) {
    const parent = index < 2 ? null : categories[index % 2].documentId;
    const created = await app.documents(category).create({
      locale: 'en',
      data: { name: `Category ${index}`, parent },
    });
    await app.documents(category).update({
      documentId: created.documentId,
      locale: 'tr',
      data: { name: `Kategori ${index}` },
    });
    categories.push(created);
  }
  return categories;
}

/** Which rows the n-th article has: a mix of draft only, published, and changed since. */
function planOf(index) {
  return {
    published: index % 3 !== 2,
    turkish: index % 2 === 0,
    turkishPublished: index % 4 === 0,
    modified: index % 6 === 0,
  };
}

async function createArticles(app, parts) {
  const documents = app.documents(article);
  const created = [];
  let rows = 0;
  const room = (wanted) => wanted && rows < ARTICLE_ROWS;
  for (let index = 0; rows < ARTICLE_ROWS; index += 1) {
    const plan = planOf(index);
    const { documentId } = await documents.create({ locale: 'en', data: articleData(index, parts, created) });
    rows += 1;
    created.push({ documentId });
    if (room(plan.published)) {
      await documents.publish({ documentId, locale: 'en' });
      rows += 1;
      if (plan.modified) {
        await documents.update({
          documentId,
          locale: 'en',
          data: { title: `Article ${index}, changed since` },
        });
      }
    }
    if (room(plan.turkish)) {
      const data = { title: `Yazı ${index}: ığüşöç`, body: 'Merhaba dünya.' };
      await documents.update({ documentId, locale: 'tr', data });
      rows += 1;
      if (room(plan.turkishPublished)) {
        await documents.publish({ documentId, locale: 'tr' });
        rows += 1;
      }
    }
  }
  return created;
}

function articleData(index, { files, authors, categories }, earlier) {
  const pick = (list, offset = 0) => list[(index + offset) % list.length];
  const rich = index % 5 === 0;
  return {
    title: `Article ${index} “quoted” <b>&amp;</b> 🚢`,
    slug: `article-${index}`,
    body: `Line one\nLine two \u2028 ${'word '.repeat(index % 40)}`,
    blocks: [{ type: 'paragraph', children: [{ type: 'text', text: `Paragraph ${index}` }] }],
    rating: index % 11,
    price: index + 0.25,
    views: String(9_007_199_254_740_993n + BigInt(index)),
    day: '2024-02-29',
    moment: '2024-02-29T12:34:56.789Z',
    sponsored: index % 7 === 0,
    mood: pick(['calm', 'stormy', 'foggy']),
    extra: { index, nested: { list: [1, 'two', null] } },
    author: pick(authors).documentId,
    categories: [pick(categories).documentId, pick(categories, 1).documentId],
    ...(index % 4 === 0 ? { cover: pick(files.images).id } : {}),
    ...(index % 10 === 0 ? { attachments: files.documents.map(({ id }) => id) } : {}),
    seo: {
      description: `About article ${index}`,
      canonical: { label: 'canonical', href: `/a/${index}`, category: pick(categories).documentId },
      ...(rich ? { share: pick(files.images, 1).id } : {}),
    },
    gallery: rich ? files.images.map((image, at) => slide(image, at, categories)) : [],
    sections: rich ? sections(index, { authors, categories }, earlier) : [],
  };
}

function slide(image, at, categories) {
  const links = [0, 1].map((n) => ({
    label: `Link ${n}`,
    href: `#${at}-${n}`,
    category: categories[n].documentId,
  }));
  return { caption: `Slide ${at}`, image: image.id, links };
}

function sections(index, { authors, categories }, earlier) {
  const actions = [{ label: 'Read on', href: '/more', category: categories[0].documentId }];
  return [
    { __component: 'sections.hero', heading: `Hero ${index}`, actions },
    { __component: 'sections.quote', text: 'Gitmek mi zor, kalmak mı?', source: 'Anon' },
    {
      __component: 'sections.picks',
      heading: 'Picks',
      // The even ones: a translation of this article needs its picks to be translated as well.
      articles: earlier
        .filter((_, n) => n % 2 === 0)
        .slice(-2)
        .map(({ documentId }) => documentId),
      authors: authors.slice(0, 2).map(({ documentId }) => documentId),
    },
    { __component: 'sections.quote', text: 'Second of its kind', source: null },
  ];
}

async function createHomepage(app, { articles, categories }) {
  const documents = app.documents(homepage);
  const hero = {
    heading: 'Welcome',
    actions: [{ label: 'Start', href: '/start', category: categories[1].documentId }],
  };
  // Those that exist in both languages.
  const featured = [0, 2, 4].map((n) => articles[n].documentId);
  const { documentId } = await documents.create({ locale: 'en', data: { headline: 'Home', hero, featured } });
  await documents.update({ documentId, locale: 'tr', data: { headline: 'Ana sayfa', hero, featured } });
  await documents.publish({ documentId, locale: 'en' });
}
