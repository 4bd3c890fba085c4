/** Argon2 in PHC form (RFC 9106; `$argon2id$v=19$m=…,t=…,p=…$salt$hash`), and Django's `argon2` before the same. */
import { type HashFormat, unsupported } from '../password-hash.ts'

const FORM =
  /^(?:argon2)?\$argon2(id|i|d)(?:\$v=(16|19))?\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{14,86}$/

// A hostile import could name terabytes. 256 MiB a check times four at once is what a small server survives; twice a
// gibibyte of memory passes is about a second.
const MOST_MEMORY = 256 * 1024
const MOST_WORK = 2 * 1024 * 1024

export const readArgon2: HashFormat = (text) => {
  const [found, variant, version = '16', ...cost] = FORM.exec(text) ?? []
  if (!found) return null
  const [memory = 0, passes = 0, lanes = 0] = cost.map(Number)
  if (memory > MOST_MEMORY || memory * passes > MOST_WORK || lanes > 64) return unsupported('argon2 beyond our limits')
  const phc = text.slice(text.indexOf('$'))
  return {
    kind: 'hash',
    scheme: `argon2${variant}/${version}/${memory}/${passes}/${lanes}`,
    matches: async (password) => {
      const { verify } = await import('@node-rs/argon2')
      // A throw is a text that the reference form allows and the algorithm does not, such as too little memory.
      return verify(phc, password).catch(() => false)
    },
    ...(variant === 'id' && version === '19' ? { argon2id: { memory, passes, lanes } } : {}),
  }
}
