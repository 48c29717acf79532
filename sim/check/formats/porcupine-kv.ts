/**
 * The logs of Porcupine's key-value tests: Jepsen's maps with a key of their own and no time.
 *
 *     {:process 0, :type :ok, :f :get, :key "7", :value "x 0 0 y"}
 *
 * `get`, `put` and `append` of texts: judge them by the model `append-kv`.
 */
import type { Format } from './format.ts';
import { ednReader, JepsenEvents } from './jepsen-edn.ts';

export const porcupineKv: Format = {
  name: 'porcupine-kv',
  about: "the logs of Porcupine's key-value tests: get, put and append with :key",
  example: '{:process 0, :type :ok, :f :get, :key "7", :value "x 0 0 y"}',
  looksLike: ({ lines }) =>
    lines.length > 0 &&
    lines.slice(0, 20).every((line) => /:f :(get|put|append)\b/.test(line) && /:key\b/.test(line)) &&
    !lines.some((line) => /:(time|index)\b/.test(line)),
  reader: (recording) => ednReader(recording, new JepsenEvents(recording, { independent: false })),
};
