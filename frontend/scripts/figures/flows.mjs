// @ts-check
/** Flows to draw, by their number of nodes. */

/** @typedef {{ id: string, type: string, configuration?: object }} Node */
/** @typedef {{ from_node: string, from_port?: string, to_node: string }} Connection */

const ASKS = { mode: "attributes", rules: [{ attribute: "plan", operator: "exists" }] };

/**
 * A ladder of conditions: each is followed by a wait on both sides, and the sides meet again.
 *
 * @param {number} count the maximum number of nodes
 * @param {{ amount: number, unit: string }} wait the length of each wait
 * @param {Node} [firstNode] a node between the start and the first condition
 */
export function ladder(count, wait, firstNode) {
  /** @type {Node[]} */
  const nodes = [{ id: "start", type: "start" }];
  /** @type {Connection[]} */
  const connections = [];
  let last = "start";
  const lead = (/** @type {string} */ to) => {
    connections.push({ from_node: last, to_node: to });
    last = to;
  };
  if (firstNode) {
    nodes.push(firstNode);
    lead(firstNode.id);
  }
  for (let round = 0; nodes.length + 4 <= count; round += 1) {
    const [asks, yes, no, meet] = [`c${round}`, `y${round}`, `n${round}`, `m${round}`];
    nodes.push({ id: asks, type: "condition", configuration: ASKS });
    for (const id of [yes, no, meet]) {
      nodes.push({ id, type: "wait", configuration: wait });
    }
    lead(asks);
    connections.push(
      { from_node: asks, from_port: "yes", to_node: yes },
      { from_node: asks, from_port: "no", to_node: no },
      { from_node: yes, to_node: meet },
      { from_node: no, to_node: meet },
    );
    last = meet;
  }
  return { nodes, connections };
}
