/** The file of leaked passwords: built from a list, read while it serves, and never a yes where it is damaged. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { createBreachedPasswords } from './breached-passwords.ts'
import { buildBreachedFilter } from './build-breached-filter.ts'

const open = async (t: TestContext) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'breached-'))
  const file = path.join(folder, 'breached.filter')
  const list = path.join(folder, 'list.txt')
  const told: string[] = []
  const breached = createBreachedPasswords(file, (state) => told.push(state.ok ? 'ok' : state.why))
  t.after(async () => {
    await breached.close()
    rmSync(folder, { recursive: true })
  })
  const build = (text: string, share?: number) => {
    writeFileSync(list, text)
    return buildBreachedFilter(list, file, share)
  }
  const check = (text: string) => breached.check([Buffer.from(text)])
  return { folder, file, list, told, build, check }
}

describe('the filter of leaked passwords', () => {
  it('takes plain passwords, hashes with counts and hashes alone, whatever ends the lines', async (t) => {
    const { build, check } = await open(t)
    const lines = ['\uFEFFhunter2', '5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824', '', 'cafe\u0301 noir']
    lines.push('7c4a8d09ca3762af61e59520943dc26494f8941b', 'x'.repeat(9000), 'last one')
    const built = await build(lines.join('\r\n'))
    assert.deepEqual([built.entries, built.skipped], [6, 2])
    for (const listed of ['hunter2', 'password', '123456', 'cafe\u0301 noir', 'caf\u00e9 noir', 'last one']) {
      assert.equal(await check(listed), 'listed', listed)
    }
    assert.equal(await check('quiet lamps over harbour'), 'unlisted')
  })

  it('is the same whether it was filled at once or a share at a time, and leaves nothing beside it', async (t) => {
    const { folder, file, build } = await open(t)
    const list = Array.from({ length: 9000 }, (_, index) => `password ${index}`).join('\n')
    await build(list)
    const once = readFileSync(file)
    const built = await build(list, 2)
    assert.ok(built.bytes / 4096 > 4)
    assert.ok(once.equals(readFileSync(file)))
    assert.deepEqual(readdirSync(folder).sort(), ['breached.filter', 'list.txt'])
  })

  it('leaves the old one standing where the list cannot be read', async (t) => {
    const { folder, file, list, build, check } = await open(t)
    await build('hunter2')
    await assert.rejects(buildBreachedFilter(`${list}.gone`, file))
    assert.equal(await check('hunter2'), 'listed')
    assert.deepEqual(readdirSync(folder).sort(), ['breached.filter', 'list.txt'])
  })

  it('is read anew once it was replaced', async (t) => {
    const { build, check, told } = await open(t)
    await build('hunter2')
    assert.equal(await check('swordfish'), 'unlisted')
    await build('swordfish')
    assert.equal(await check('swordfish'), 'listed')
    assert.equal(await check('hunter2'), 'unlisted')
    assert.deepEqual(told, [])
  })

  it('that is missing, short or of something else lets no password pass, tells it once, and that it is mended', async (t) => {
    const { file, build, check, told } = await open(t)
    assert.equal(await check('quiet'), 'unavailable')
    assert.equal(await check('quiet'), 'unavailable')
    assert.deepEqual(told, ['is not there'])
    await build('hunter2')
    assert.equal(await check('quiet'), 'unlisted')
    truncateSync(file, 5000)
    assert.equal(await check('quiet'), 'unavailable')
    writeFileSync(file, 'password\n123456\n')
    assert.equal(await check('quiet'), 'unavailable')
    unlinkSync(file)
    assert.equal(await check('quiet'), 'unavailable')
    const unreadable = 'is no whole filter that this version reads'
    assert.deepEqual(told, ['is not there', 'ok', unreadable, 'is not there'])
  })

  it('says of no listed password that it is fine, whatever bytes of the file were changed', async (t) => {
    const { file, build, check } = await open(t)
    await build('hunter2')
    const sound = readFileSync(file)
    await fc.assert(
      fc.asyncProperty(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(sound)
        changed[at] = (changed[at] ?? 0) ^ by
        unlinkSync(file)
        writeFileSync(file, changed)
        return (await check('hunter2')) !== 'unlisted'
      }),
      { numRuns: 60 },
    )
  })
})
