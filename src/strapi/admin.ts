/** What Strapi's admin panel hands to a plugin. */
interface Panel {
  addSettingsLink(section: string, link: object): void;
}

/** The page "Ferry" among the settings. A role that may not read transfers, or a Strapi where the plugin is off, does not show it. */
const panel = {
  register(app: Panel): void {
    app.addSettingsLink('global', {
      id: 'ferry',
      to: 'ferry',
      intlLabel: { id: 'ferry.page', defaultMessage: 'Ferry' },
      permissions: [{ action: 'plugin::ferry.read', subject: null }],
      Component: async () => ({ default: (await import('./admin/transfers-page.js')).TransfersPage }),
    });
  },
};

// Strapi takes the default export alone.
export { panel as default };
