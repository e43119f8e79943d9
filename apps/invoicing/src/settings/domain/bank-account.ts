import type { Violation } from '@billingrails/errors';
import { electronicFormatIBAN, isValidBIC, isValidIBAN } from 'ibantools';

/** Where a seller is paid to. */
export interface BankAccount {
  /** Without spaces. */
  readonly iban: string;
  /** May be empty. */
  readonly bic: string;
  /** Whose it is; empty: the seller's. */
  readonly holder: string;
}

/** As it is kept: without spaces, in capitals. */
export function canonicalBankAccount({ iban, bic, holder }: BankAccount): BankAccount {
  return {
    iban: electronicFormatIBAN(iban) ?? '',
    bic: bic.trim().toUpperCase(),
    holder: holder.trim(),
  };
}

/** What is wrong with one, by path; none: its lengths, letters and check digits are right. */
export function bankAccountViolations(account: BankAccount, path: string): Violation[] {
  const { iban, bic } = canonicalBankAccount(account);
  const fault = (field: string, description: string) => [
    { field: `${path}.${field}`, description },
  ];
  return [
    ...(isValidIBAN(iban)
      ? []
      : fault('iban', `"${account.iban}" is no IBAN: check its letters and digits`)),
    ...(bic === '' || isValidBIC(bic)
      ? []
      : fault('bic', `"${account.bic}" is no BIC of 8 or 11 letters and digits`)),
  ];
}
