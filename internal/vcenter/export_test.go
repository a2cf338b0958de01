package vcenter

import "time"

// AbandonAfter sets how old a copy must be to be taken for abandoned.
func (c *Client) AbandonAfter(d time.Duration) { c.abandonedAfter = d }

// AwaitClonesFor sets how long the clone of a killed creation is waited for.
func (c *Client) AwaitClonesFor(d time.Duration) { c.clonesPatience = d }

// Gathering says whether a change of the records waits for others of its moment, or is being written with them.
func (k *Catalogue) Gathering() bool {
	k.writes.mu.Lock()
	defer k.writes.mu.Unlock()
	return k.writes.busy
}
