// biome-ignore lint/style/noDefaultExport: it stands for a module that has one
export default {};
