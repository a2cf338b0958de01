// SPDX-License-Identifier: MPL-2.0

package vcenter

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// embedded runs an embedded vCenter until the test ends.
func embedded(t *testing.T, o vcsim.Options) *vcsim.VCenter {
	t.Helper()
	vc, err := vcsim.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(vc.Close)
	return vc
}

// configFor returns the Config of an embedded vCenter.
func configFor(vc *vcsim.VCenter) Config {
	return Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack", Version: "test",
		UserAgent: "novasphere-test/1", APITimeout: 20 * time.Second}
}

// clientOf returns a client that is closed when the test ends.
func clientOf(t *testing.T, cfg Config) *Client {
	t.Helper()
	c := New(cfg)
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
		defer stop()
		_ = c.Close(ctx)
	})
	return c
}

// together calls act n times at once and returns the first failure.
func together(n int, act func(i int) error) error {
	failed := make(chan error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { failed <- act(i) })
	}
	all.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}
