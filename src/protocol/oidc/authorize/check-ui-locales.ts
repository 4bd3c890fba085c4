/** Languages for our pages, best first (OpenID Connect Core §3.1.2.1). A hint: what is no language tag is left out. */
import { ok, type Result } from '../../../base/result.ts'
import type { OAuthError } from '../errors.ts'
import type { RedirectSafe } from './request.ts'

const TAG = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/

export const checkUiLocales = ({ parameters }: RedirectSafe): Result<readonly string[], OAuthError> =>
  ok((parameters.get('ui_locales') ?? '').split(' ').filter((tag) => TAG.test(tag)))
