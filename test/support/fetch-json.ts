/** Fetches JSON of a stated shape. The shape is the test's expectation; asserting it is the test's work. */
export const fetchJson = async <T>(url: string, init?: RequestInit): Promise<{ status: number; body: T }> => {
  const answer = await fetch(url, init)
  // The one place where an answer from outside is given the shape that the test then checks.
  return { status: answer.status, body: (await answer.json()) as T }
}

export type TokenAnswer = {
  access_token: string
  id_token: string
  refresh_token?: string
  token_type: string
  expires_in: number
  scope: string
  error?: string
}

/** Posts a form, as clients do at the token endpoint. */
export const postForm = <T = TokenAnswer>(
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
) => fetchJson<T>(url, { method: 'POST', body: new URLSearchParams(form), headers })
