/** Which methods an address takes, for the `Allow` of a 405 (RFC 9110 §15.5.6). */

type Declared = { readonly method: string; readonly path: string }

/** `path` as asked for, below the same root as the declared ones. */
export const methodsAt = (routes: readonly Declared[], path: string): string[] => {
  const asked = path.split('/')
  const here = routes.filter((route) => matches(route.path.split('/'), asked))
  const methods = here.flatMap((route) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]))
  return [...new Set(methods)]
}

const matches = (declared: readonly string[], asked: readonly string[]): boolean =>
  declared.length === asked.length &&
  declared.every((step, index) => (step.startsWith(':') ? asked[index] !== '' : step === asked[index]))
