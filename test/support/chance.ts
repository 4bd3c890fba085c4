/**
 * Chance that can be had again. A test says the seed it played with; `GATEHOUSE_TEST_SEED` makes it play the same once
 * more: the same choices in the same order, though the machine's own timing is never quite the same.
 */
import { randomInt } from 'node:crypto'

export const SEED = Number(process.env.GATEHOUSE_TEST_SEED || randomInt(1, 1_000_000))

export type Chance = {
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  oneOf<T>(choices: readonly [T, ...T[]]): T
}

/** Each stream of chance has its own number, so that one drawing more often leaves the others as they were. */
export const chanceOf = (seed: number, stream: number): Chance => {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)) >>> 0
  // Marsaglia's xorshift of 32 bits with the steps 13, 17, 5; zero would stay zero.
  const next = (): number => {
    state ||= 1
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 0x1_0000_0000
  }
  for (let i = 0; i < 8; i += 1) next()
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return {
    between,
    oneOf: (choices) => choices[between(0, choices.length - 1)] ?? choices[0],
  }
}
