/**
 * Settings (keys of the core-store) that a Strapi writes by itself, independent of a transfer. They describe a server
 * or its code, not its content, and are not compared. Everything else that a restore or a reboot of Strapi 5.54.0
 * touches comes back as it was, `createdAt` and `updatedAt` of rows and files included.
 */
export const volatileKeys: readonly string[] = [
  // When the upload plugin reports its usage: set at the first boot, and once a week after that.
  'plugin_upload_metrics',
  // The same for the review workflows, if the licence has them.
  'plugin_ee_metrics',
  // The content types in the code at the last boot: written at every boot. Compared as schemas.
  'strapi_content_types_schema',
  // A repair of the database has run: set at boot if it is missing.
  'strapi_unidirectional-join-table-repair-ran',
];
