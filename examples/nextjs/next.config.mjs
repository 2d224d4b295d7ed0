// ltd-index reads its model and WebAssembly from its own folder: it must not be bundled.
export default { serverExternalPackages: ["ltd-index"] };
