/** The bundled prelude as text; esbuild.mjs makes it of `prelude/prelude.ts`. */
declare module "sandbox:prelude" {
  const text: string;
  export default text;
}
