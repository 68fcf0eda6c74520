/**
 * Settings (keys of the core-store) that a Strapi writes by itself, whatever was transferred: they say something of a
 * server or of its code, not of its content, and are not compared. Everything else that a restore or a reboot of
 * Strapi 5.54.0 touches comes back as it was, `createdAt` and `updatedAt` of rows and files included, so that nothing
 * else stands here.
 */
export const volatileKeys: readonly string[] = [
  // When the upload plugin tells its usage: set at the first boot, and once a week after that.
  'plugin_upload_metrics',
  // The same of the review workflows, where the licence has them.
  'plugin_ee_metrics',
  // The content types as the code had them at the last boot: written at every boot. Compared as schemas.
  'strapi_content_types_schema',
  // That a repair of the database has run: set at boot where it is missing.
  'strapi_unidirectional-join-table-repair-ran',
];
