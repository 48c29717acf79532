/** Says at the end what the ordinary tests have left out. */
export default function leftOut(): () => void {
  return () => {
    console.log(
      'Left out: tests that start whole programs (npm run test:programs), long sweeps (npm run test:long)',
    );
  };
}
