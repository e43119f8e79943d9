import { notFound, precondition, type DomainError } from '@billingrails/errors';

export function missing(): DomainError {
  return notFound('SUBSCRIPTION_NOT_FOUND', 'There is no subscription of that id.');
}

export function ended(): DomainError {
  return precondition(
    'SUBSCRIPTION_ENDED',
    'The subscription has ended: no fee can charge it any more.',
  );
}

export function notScheduled(): DomainError {
  return precondition(
    'CHANGE_NOT_SCHEDULED',
    'No change of that number is to come: it has taken effect, was taken back, or never was.',
  );
}

export function noDiscount(): DomainError {
  return notFound('DISCOUNT_NOT_FOUND', 'The subscription never had a discount of that id.');
}

export function noTerm(): DomainError {
  return precondition('SUBSCRIPTION_WITHOUT_TERM', 'The subscription is in no minimum term.');
}

export function noTrial(): DomainError {
  return precondition('SUBSCRIPTION_NOT_ON_TRIAL', 'The subscription is on no trial.');
}

export function pausedAlready(): DomainError {
  return precondition(
    'SUBSCRIPTION_PAUSED',
    'The subscription is paused already, or will be: resume it first.',
  );
}

export function notPaused(): DomainError {
  return precondition(
    'SUBSCRIPTION_NOT_PAUSED',
    'The subscription is in no pause, and none is to come.',
  );
}
