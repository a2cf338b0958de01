// SPDX-License-Identifier: MPL-2.0

package session

import (
	"context"
	"sync"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// sessionRenewer lets one caller renew a session while the others wait for it. Each renewal starts a new generation.
type sessionRenewer struct {
	mu         sync.Mutex
	generation int
}

func (g *sessionRenewer) now() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.generation
}

// renew logs in again, unless that was done since the generation seen. It goes on when its caller's context ends, because others need
// the session too.
func (g *sessionRenewer) renew(ctx context.Context, seen int, login func(context.Context) error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.generation != seen {
		return nil
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer stop()
	err := retry.Until(ctx, time.Now().Add(time.Minute), faults.NoResponse, func() error { return login(ctx) })
	if err == nil {
		g.generation++
	}
	logging.VCenter.Info(ctx, "the session was lost and is made anew", "outcome", faults.Outcome(err))
	return err
}
