// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// unknownAtOnce is how many servers are asked for at the same time.
const unknownAtOnce = 8

// Unknown returns those of some ids, in lower case, that no server of any project has. What the list of servers lacks is asked for one by
// one: Nova leaves servers out of it that are in a cell which does not answer (API guide, "Handling Down Cells") or whose deletion can
// still be taken back, and one may have been made since. A server that cannot be asked for is an error, and never unknown.
func (c *Client) Unknown(ctx context.Context, ids []string) ([]string, error) {
	all, err := c.AllServers(ctx)
	if err != nil {
		return nil, err
	}
	listed := make(map[string]bool, len(all))
	for _, s := range all {
		listed[strings.ToLower(s.ID)] = true
	}
	left := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return listed[id] })
	there, err := c.thereOf(ctx, left)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(left, func(id string) bool { return there[id] }), nil
}

// thereOf asks for servers one by one, and returns those that are there. The first that cannot be asked for ends it.
func (c *Client) thereOf(ctx context.Context, ids []string) (map[string]bool, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		every  sync.WaitGroup
		mu     sync.Mutex
		failed error
	)
	there, turns := map[string]bool{}, make(chan struct{}, unknownAtOnce)
	for _, id := range ids {
		turns <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		every.Go(func() {
			defer func() { <-turns }()
			is, err := c.isThere(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			if there[id] = is; err != nil && failed == nil {
				failed = c.explain("server "+id, err)
				stop()
			}
		})
	}
	every.Wait()
	if failed == nil {
		failed = c.explain("servers", ctx.Err())
	}
	return there, failed
}

// isThere reports whether the compute service knows a server, whatever its state.
func (c *Client) isThere(ctx context.Context, id string) (bool, error) {
	at, err := c.endpoint(ctx, compute)
	if err != nil {
		return false, err
	}
	var answer struct {
		Server struct {
			ID string `json:"id"`
		} `json:"server"`
	}
	_, err = at.get(ctx, at.client.ServiceURL("servers", id), &answer)
	switch {
	case isStatus(err, http.StatusNotFound):
		return false, nil
	case err == nil && !strings.EqualFold(answer.Server.ID, id):
		return false, refuse("its %s at %s answered with something else: check that the address is that of an OpenStack service",
			at.kind.name, at.client.Endpoint)
	}
	return err == nil, err
}
