import assert from 'node:assert/strict'
import { forEachEngine } from '../../test/support/stores.ts'
import type { StoredDraft } from './store.ts'

const draft: StoredDraft = {
  id: 'draft-1',
  type: 'flows',
  slug: 'sign-in',
  schema: 1,
  spec: { name: 'Sign in', nodes: { password: { next: { ok: [{ to: 'end' }] } } } },
  basedOn: 3,
  actor: { kind: 'user', id: 'u1', name: 'ana' },
  note: null,
  organisation: 'main',
  savedAt: 1_760_000_000_000,
}

forEachEngine('keeps one draft for each resource, as it was written', async (open) => {
  const store = await open()
  const { drafts } = store
  const get = (type: string, slug: string) => drafts.get(store.read, type, slug)
  await store.write((tx) => drafts.put(tx, draft))
  assert.deepEqual(await get('flows', 'sign-in'), draft)
  assert.equal(await get('brands', 'sign-in'), undefined)
  assert.equal(await get('flows', 'step-up'), undefined)
  const next = { ...draft, id: 'draft-2', spec: {}, basedOn: 4, note: 'Why', savedAt: draft.savedAt + 1 }
  await store.write((tx) => drafts.put(tx, next))
  assert.deepEqual(await get('flows', 'sign-in'), next)
  const other = { ...draft, id: 'draft-3', type: 'brands' }
  await store.write((tx) => drafts.put(tx, other))
  assert.equal(await store.write((tx) => drafts.remove(tx, draft.id)), false, 'that one is gone already')
  assert.equal(await store.write((tx) => drafts.remove(tx, next.id)), true)
  assert.equal(await get('flows', 'sign-in'), undefined)
  assert.deepEqual(await get('brands', 'sign-in'), other)
})
