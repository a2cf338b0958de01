// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
)

// holdings are what a vCenter and an NSX hold: virtual machines and records, and the objects of NSX, each as a text by what it is.
type holdings map[string]string

// holdingsOf asks both. vars lead to the vCenter.
func holdingsOf(ctx context.Context, vars map[string]string, n network) (holdings, error) {
	vms, err := inventory(ctx, vars)
	if err != nil {
		return nil, err
	}
	all := holdings{}
	for _, v := range vms {
		text, err := json.Marshal(v.records)
		if err != nil {
			return nil, err
		}
		all["the virtual machine "+path.Join(v.folder, v.name)] = string(text)
	}
	for _, at := range n.Left() {
		body, _ := n.Object(at)
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		all["the object "+at+" of NSX"] = string(text)
	}
	return all, nil
}

// same returns an error that names the first difference.
func (h holdings) same(before holdings) error {
	for _, what := range slices.Sorted(maps.Keys(h)) {
		was, there := before[what]
		switch {
		case !there:
			return fmt.Errorf("%s is still there", what)
		case was != h[what]:
			return fmt.Errorf("%s was %s, and is %s", what, was, h[what])
		}
	}
	for _, what := range slices.Sorted(maps.Keys(before)) {
		if _, there := h[what]; !there {
			return fmt.Errorf("%s is gone", what)
		}
	}
	return nil
}
