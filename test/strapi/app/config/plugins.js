module.exports = () => ({
  upload: { config: { sizeLimit: 512 * 1024 * 1024 } },
});
