/** What an API key may do, as the server's HTTP API said of the key that is in use now. */

export interface KeyRights {
  /** Without it a connection stays silent for ever. */
  readonly mayRead: boolean;
  /** Without it the server drops every downlink without a word. */
  readonly mayWrite: boolean;
}
