/** Nothing to set: first run happens once. */
import { Closed, type Static } from '../../../base/schema.ts'

export const FirstRunConfig = Closed({})
export type FirstRunConfig = Static<typeof FirstRunConfig>
