/** The client must be registered (RFC 6749 §4.1.1). Without one there is nowhere to send even an error. */
import { fail, ok, type Result } from '../../../base/result.ts'
import type { LocalError } from '../errors.ts'
import type { Parameters } from '../read-parameters.ts'
import type { AuthorizeContext, WithClient } from './request.ts'

export const checkClient = (parameters: Parameters, context: AuthorizeContext): Result<WithClient, LocalError> => {
  const id = parameters.get('client_id')
  if (id === undefined) return fail('client_unknown', 'No client_id was sent.')
  const client = context.client(id)
  return client ? ok({ client, parameters }) : fail('client_unknown', 'No application has this client_id.', id)
}
