/** `gatehouse flow …`: a flow's draft, what differs between its versions, publishing and rolling back (DESIGN §6). */
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { parse as parseYaml, stringify } from 'yaml'
import type { JsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { nodeChanges } from '../flow/node-changes.ts'
import type { House } from '../ops/open-house.ts'
import { flows } from '../ops/resource-types.ts'
import type { Author } from '../resources/edit/author.ts'
import type { Edited } from '../resources/edit/edit-one.ts'
import type { ResourceFailure } from '../resources/edit/failure.ts'
import type { Version } from '../resources/resources.ts'
import { annotated, leaveOutDefaults } from '../resources/schema/annotated-schema.ts'
import type { Command, Output } from './command.ts'
import { readWords } from './configuration-command.ts'
import { spellFlowChanges } from './spell-flow-changes.ts'
import { withHouse } from './with-house.ts'

const USAGE = `usage: gatehouse flow draft <slug>                   write the draft as YAML
       gatehouse flow draft <slug> <file> [--note text]   save a draft, from a file or - for standard input
       gatehouse flow draft <slug> --discard        throw the draft away
       gatehouse flow show <slug> [version]         write a version as YAML
       gatehouse flow compare <slug> [from] [to]    tell what differs between two versions
       gatehouse flow publish <slug> [--note text]  make the draft the one that serves
       gatehouse flow revisions <slug>              list what was published
       gatehouse flow roll-back <slug> <revision> [--note text]
A version is a revision, "published" or "draft".`

const OPTIONS = { note: { type: 'string' }, discard: { type: 'boolean' } } as const

type Asked = {
  readonly house: House
  readonly out: Output
  readonly slug: string
  readonly rest: readonly string[]
  readonly note: string | undefined
  readonly discard: boolean
  readonly author: Author
}

type Verb = { readonly most: number; readonly least?: number; run(asked: Asked): Promise<number> }

export const flow: Command = {
  name: 'flow',
  usage: '<verb> <slug> …',
  summary: 'draft, compare, publish and roll back a flow',
  run: async (args, out) => {
    const words = readWords(args, OPTIONS, USAGE, out)
    if (!words) return 2
    const [name = '', slug, ...rest] = words.positionals
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
    if (!verb || slug === undefined || rest.length > verb.most || rest.length < (verb.least ?? 0)) {
      out.error(USAGE)
      return 2
    }
    const { note, discard = false } = words.values
    const author: Author = {
      actor: { kind: 'system', name: `command line (${userInfo().username})` },
      ...(note === undefined ? {} : { why: note }),
    }
    return withHouse(out, (house) => verb.run({ house, out, slug, rest, note, discard, author }))
  },
}

const addressOf = ({ slug }: Pick<Asked, 'slug'>) => ({ type: flows.type, slug })

const complain = ({ out }: Asked, { message, issues }: ResourceFailure): number => {
  for (const { path, message: said } of issues) out.error(path === '' ? said : `${path}: ${said}`)
  out.error(message)
  return 1
}

const refuse = ({ out }: Asked, line: string): number => {
  out.error(line)
  return 1
}

const write = ({ out }: Asked, spec: JsonObject): number => {
  out.line(stringify(leaveOutDefaults(annotated(flows.schema), spec)).trimEnd())
  return 0
}

const readVersion = (text: string): Version | null => {
  if (text === 'published' || text === 'draft') return text
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}

const NO_VERSION = 'A version is a revision, "published" or "draft".'

const draft = async (asked: Asked): Promise<number> => {
  const { house, slug, rest, discard } = asked
  const { drafts } = house.configuration
  const [file] = rest
  if (discard) {
    const discarded = await drafts.discard(addressOf(asked))
    if (!discarded.ok) return complain(asked, discarded.error)
    asked.out.line('The draft is gone.')
    return 0
  }
  if (file !== undefined) return saveDraft(asked, file)
  const found = await drafts.get(addressOf(asked))
  return found ? write(asked, found.spec) : refuse(asked, `There is no draft of a flow "${slug}".`)
}

const saveDraft = async (asked: Asked, file: string): Promise<number> => {
  const { house, author, note, out } = asked
  const { drafts } = house.configuration
  const read = readSpecFile(file)
  if (!read.ok) return refuse(asked, read.error)
  const given = { ...addressOf(asked), spec: read.value, ...(note === undefined ? {} : { note }) }
  const saved = await drafts.save(author, given)
  if (!saved.ok) return complain(asked, saved.error)
  const judged = await drafts.judge(author, saved.value)
  out.line(`Saved, based on revision ${saved.value.basedOn}.`)
  if (judged.ok) return 0
  out.error('As it is, it would not be published:')
  return complain(asked, judged.error)
}

const readSpecFile = (file: string): Result<unknown, string> => {
  try {
    // Standard input is the file 0.
    return { ok: true, value: parseYaml(readFileSync(file === '-' ? 0 : file, 'utf8'), { maxAliasCount: 100 }) }
  } catch (error) {
    return { ok: false, error: `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}

const show = async (asked: Asked): Promise<number> => {
  const { house, slug, rest } = asked
  const version = readVersion(rest[0] ?? 'published')
  if (version === null) return refuse(asked, NO_VERSION)
  const { store, configuration } = house
  const spec =
    version === 'draft'
      ? (await configuration.drafts.get(addressOf(asked)))?.spec
      : version === 'published'
        ? (await configuration.resources.get(addressOf(asked)))?.spec
        : (await store.resources.revision(store.read, flows.type, slug, version))?.spec
  return spec ? write(asked, spec) : refuse(asked, `There is no such version of a flow "${slug}".`)
}

const compare = async (asked: Asked): Promise<number> => {
  const [from = 'published', to = 'draft'] = asked.rest
  const versions = [readVersion(from), readVersion(to)] as const
  if (versions[0] === null || versions[1] === null) return refuse(asked, NO_VERSION)
  const changes = await asked.house.configuration.resources.diff(addressOf(asked), versions[0], versions[1])
  if (!changes.ok) return complain(asked, changes.error)
  for (const line of spellFlowChanges(nodeChanges(changes.value))) asked.out.line(line)
  return 0
}

const publish = async (asked: Asked): Promise<number> =>
  tellEdited(asked, await asked.house.configuration.drafts.publish(asked.author, addressOf(asked)), 'Published')

const rollBack = async (asked: Asked): Promise<number> => {
  const revision = readVersion(asked.rest[0] ?? '')
  if (typeof revision !== 'number') return refuse(asked, 'Name the revision to go back to.')
  const edited = await asked.house.configuration.resources.undo(asked.author, { ...addressOf(asked), revision })
  return tellEdited(asked, edited, 'Rolled back')
}

const tellEdited = (asked: Asked, edited: Result<Edited, ResourceFailure>, done: string): number => {
  if (!edited.ok) return complain(asked, edited.error)
  const { outcome, resource } = edited.value
  asked.out.line(
    outcome === 'unchanged'
      ? 'It serves like this already; nothing was changed.'
      : `${done}${resource ? ` as revision ${resource.revision}` : ''}.`,
  )
  return 0
}

const MOST_REVISIONS = 50

const revisions = async (asked: Asked): Promise<number> => {
  const { house, slug, out } = asked
  const history = await house.configuration.resources.history(addressOf(asked), MOST_REVISIONS)
  if (history.length === 0) return refuse(asked, `There is no flow "${slug}".`)
  for (const { revision, at, actor, why, spec } of history) {
    const what = spec === null ? ' deleted' : ''
    const by = typeof actor.name === 'string' ? actor.name : String(actor.kind)
    out.line(`${revision}${what}  ${new Date(at).toISOString()}  ${by}${why === null ? '' : `: ${why}`}`)
  }
  return 0
}

const VERBS: Readonly<Record<string, Verb>> = {
  draft: { most: 1, run: draft },
  show: { most: 1, run: show },
  compare: { most: 2, run: compare },
  publish: { most: 0, run: publish },
  revisions: { most: 0, run: revisions },
  'roll-back': { most: 1, least: 1, run: rollBack },
}
