/** The worker's log: JSON lines on stderr, secrets cut out, records never in it. */
import pino, { type Logger } from 'pino';

/** Keys whose values are never logged, at the top and two levels down. */
const hidden = [
  'token',
  'accessToken',
  'refreshToken',
  'clientSecret',
  'privateKey',
  'password',
  'authorization',
];

/** A logger of a level; stdout stays free for the ready line. */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      redact: {
        paths: hidden.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '[hidden]',
      },
      serializers: { err: safeError },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}

/** Class, message and place of an error; not the vendor bodies that libraries hang on it. */
function safeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) {
    return { message: typeof error };
  }
  const { name, message, stack } = error;
  const cause = error.cause === undefined ? {} : { cause: safeError(error.cause) };
  return { name, message: message.split('\n')[0], stack: framesOf(stack), ...cause };
}

function framesOf(stack: string | undefined): string[] {
  return (stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 6)
    .map((line) => line.trim());
}
