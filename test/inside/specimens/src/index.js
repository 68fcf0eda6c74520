/** A type of attribute of the project's own, over one of Strapi's. */
module.exports = {
  register({ strapi }) {
    strapi.customFields.register([
      { name: 'color', type: 'string' },
      { name: 'position', type: 'json' },
    ]);
  },
};
