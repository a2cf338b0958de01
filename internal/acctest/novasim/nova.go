// SPDX-License-Identifier: MPL-2.0

package novasim

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/replay"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// startNova replays what Nova's own driver was recorded to send, and returns the machines that it leaves.
func startNova(ctx context.Context, v *vcsim.VCenter) ([]replay.Machine, error) {
	all, err := recordings.Embedded()
	if err != nil {
		return nil, err
	}
	client, err := v.Client(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Logout(context.WithoutCancel(ctx)) }()
	r, err := replay.New(ctx, client.Client, v.Datacenter(1))
	if err != nil {
		return nil, err
	}
	machines, err := r.All(ctx, all)
	v.ResetCalls()
	return machines, err
}
