export { pageById } from '@billingrails/rpc';
