import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fact } from '../kinds/contract/fact.ts'
import { nestFacts, readFacts } from './facts.ts'

test('reads own members only', () => {
  assert.equal(readFacts({}).get(fact('toString')), undefined)
  assert.equal(readFacts({ 'a.b': 1 }).get(fact('a.b')), 1)
})

test('conditions read facts nested by their dots, and not those of the executor', () => {
  const facts = {
    'attempt.next': '/x',
    'prompt.answers': { colour: 'red' },
    'prompt.answers.more': 1,
    proofs: [],
    'user.typed': 'ana',
  }
  assert.deepEqual(nestFacts(facts), {
    prompt: { answers: { colour: 'red', more: 1 } },
    proofs: [],
    user: { typed: 'ana' },
  })
  assert.deepEqual(facts['prompt.answers'], { colour: 'red' })
})
