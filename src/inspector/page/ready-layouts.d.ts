/** Made by .build/ready-layouts.ts when the page is built. */
declare module 'virtual:ready-layouts' {
  const ready: import('./model/ready-layout.js').ReadyLayouts;
  export default ready;
}
