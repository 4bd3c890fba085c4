/** The address at which a flow begins, leading on to a path of ours where there is one. */

/** `webPath` is `/` or `/auth/`; `next` is without it. */
export const flowAddress = (webPath: string, slug: string, next: string | null = null): string =>
  `${webPath}if/flow/${slug}/${next ? `?next=${encodeURIComponent(next)}` : ''}`
