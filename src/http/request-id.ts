/** An id for each request, for log, events and the `x-gatehouse-id` header: unique across processes, cheap to make. */

import { base64url } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'

export const requestIds = (random: Random): (() => string) => {
  const process = base64url(random(6))
  let count = 0
  return () => {
    count += 1
    return `${process}-${count.toString(36)}`
  }
}
