/** `gatehouse invite`: a link that lets somebody make an account, with a QR code; for whoever has the server's shell. */
import { parseArgs } from 'node:util'
import { DAY } from '../base/clock.ts'
import type { GroupId } from '../base/ids.ts'
import { isEmailAddress } from '../domain/users/user.ts'
import { qrText } from '../pages/qr-code.ts'
import type { Command } from './command.ts'
import { originOf } from './recover.ts'
import { withHouse } from './with-house.ts'

const USAGE =
  'usage: gatehouse invite [--email you@example.com] [--group staff]… [--uses 1] [--days 3] [--flow enrol-invited]'
const LONGEST_DAYS = 90

type Words = {
  readonly email: string | undefined
  readonly groups: readonly string[]
  readonly uses: number
  readonly days: number
  readonly flow: string
}

export const invite: Command = {
  name: 'invite',
  usage: '[--email …] [--group …]',
  summary: 'print a link that lets somebody make an account',
  run: async (args, out) => {
    const words = readWords(args)
    if (!words) {
      out.error(USAGE)
      return 2
    }
    return withHouse(out, async (house) => {
      const { store, invitations, recorder, clock } = house
      const flow = await house.flow(words.flow)
      if (flow?.purpose !== 'enrol' || ![...flow.nodes.values()].some(({ kind }) => kind.invites)) {
        out.error(`"${words.flow}" is no flow of enrolment that asks for an invitation.`)
        return 1
      }
      if (words.email !== undefined && (await store.emails.taken(store.read, words.email))) {
        out.error(`${words.email} is somebody's already.`)
        return 1
      }
      const groups: GroupId[] = []
      for (const slug of words.groups) {
        const group = await store.groups.bySlug(store.read, slug)
        if (!group) {
          out.error(`There is no group "${slug}".`)
          return 1
        }
        groups.push(group.id)
      }
      const now = clock.now()
      const data = { ...(words.email === undefined ? {} : { email: words.email }), groups }
      const expiresAt = now + words.days * DAY
      const made = { flow: words.flow, data, uses: words.uses, expiresAt, inviter: null, organisation: 'main' }
      const origin = await originOf(house)
      const link = await store.write(async (tx) => {
        const { invitation, link } = await invitations.make(tx, made, { origin, now })
        await recorder.in(tx, {
          type: 'invitation.created',
          actor: { kind: 'system', name: 'command line' },
          target: `invitations/${invitation.id}`,
          detail: { flow: words.flow, email: words.email ?? null, groups: [...words.groups], uses: words.uses },
        })
        return link
      })
      out.line(link)
      out.line(qrText(link))
      out.line(`It makes ${words.uses === 1 ? 'one account' : `${words.uses} accounts`}, within ${words.days} days.`)
      return 0
    })
  },
}

const readWords = (args: readonly string[]): Words | null => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        email: { type: 'string' },
        group: { type: 'string', multiple: true, default: [] },
        uses: { type: 'string', default: '1' },
        days: { type: 'string', default: '3' },
        flow: { type: 'string', default: 'enrol-invited' },
      },
      allowPositionals: true,
    })
    const [uses, days] = [Number(values.uses), Number(values.days)]
    const { email, flow, group: groups } = values
    const isSane = Number.isInteger(uses) && uses > 0 && Number.isInteger(days) && days > 0 && days <= LONGEST_DAYS
    if (!isSane || positionals.length > 0 || (email !== undefined && (!isEmailAddress(email) || uses > 1))) return null
    return { email, groups, uses, days, flow }
  } catch {
    return null
  }
}
