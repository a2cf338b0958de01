package vcenter

import "time"

// AbandonAfter sets how old a copy must be to be taken for abandoned.
func (c *Client) AbandonAfter(d time.Duration) { c.abandonedAfter = d }

// AwaitClonesFor sets how long the clone of a killed creation is waited for.
func (c *Client) AwaitClonesFor(d time.Duration) { c.clonesPatience = d }
