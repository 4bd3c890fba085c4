/**
 * Where an application's tile leads: http, https, or the scheme of a programme on the device, from a closed list, so
 * that no address runs a script (L03). Three fields of the person may stand in it and nothing else of them (I13).
 */

/** Schemes that hand over to a programme and run nothing in the page. */
const SCHEMES = new Set([
  'http',
  'https',
  'ftp',
  'ftps',
  'sftp',
  'ssh',
  'rdp',
  'vnc',
  'smb',
  'mailto',
  'tel',
  'sip',
  'sips',
  'xmpp',
  'matrix',
  'irc',
  'ircs',
  'slack',
  'msteams',
  'zoommtg',
  'steam',
  'spotify',
])

const FIELDS = ['username', 'email', 'name'] as const
export type LaunchFields = Readonly<Record<(typeof FIELDS)[number], string>>

// authentik's spelling, so that its addresses move in unchanged.
const PLACEHOLDER = /%\(([^)]*)\)s/g

/** Why an address cannot be kept, or null. */
export const checkLaunchUrl = (text: string): string | null => {
  for (const [, field = ''] of text.matchAll(PLACEHOLDER)) {
    if (!FIELDS.includes(field as (typeof FIELDS)[number])) {
      return `may hold ${FIELDS.map((name) => `%(${name})s`).join(', ')} and no other field`
    }
  }
  const filled = fillLaunchUrl(text, { username: 'u', email: 'e', name: 'n' })
  if (/[{}]|%\(/.test(filled)) return 'holds a placeholder that is not known'
  if (!URL.canParse(filled)) return 'must be an address such as https://app.example.com'
  const url = new URL(filled)
  // WHATWG parsing is what the browser does: it drops tabs and line breaks that would hide `java\nscript:`.
  if (!SCHEMES.has(url.protocol.slice(0, -1))) return `must not begin with ${url.protocol}`
  if (/^https?:$/.test(url.protocol) && (url.username !== '' || url.password !== '')) return 'must not hold a password'
  // As the browser reads it: `https:%(name)s` has a host too.
  const another = new URL(fillLaunchUrl(text, { username: 'v', email: 'f', name: 'o' }))
  if (another.host !== url.host) return 'must not take its host from the person'
  return null
}

/** The address for one person; what is filled in is escaped, so that it stays one step or value of the address. */
export const fillLaunchUrl = (text: string, fields: LaunchFields): string =>
  text.replace(PLACEHOLDER, (whole, field: string) =>
    Object.hasOwn(fields, field) ? encodeURIComponent(fields[field as keyof LaunchFields]) : whole,
  )
