// SPDX-License-Identifier: Apache-2.0

// Reads tars with Go's archive/tar and prints what containerd would apply of each, one JSON object a line, as tar_list does:
// names cleaned below the root, ".wh." names told apart, AUFS's own files passed over, unknown types refused.
// usage: tar_apply <LIST    (a list of file names on standard input)
package main

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

type result struct {
	Status  string     `json:"status"`
	Gaps    int        `json:"gaps"`
	Entries [][]string `json:"entries"`
}

func clean(name string) string {
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

func kindOf(header *tar.Header) string {
	switch header.Typeflag {
	case tar.TypeReg, tar.TypeRegA, tar.TypeGNUSparse:
		return "file"
	case tar.TypeDir:
		return "directory"
	case tar.TypeSymlink:
		return "symlink"
	case tar.TypeLink:
		return "hard"
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return "other"
	}
	return ""
}

func entryOf(header *tar.Header, content io.Reader) ([]string, error) {
	name := clean(header.Name)
	kind := kindOf(header)
	if kind == "" {
		return nil, fmt.Errorf("unhandled type %q", header.Typeflag)
	}
	if name == "" {
		return nil, nil
	}
	base, directory := path.Base(name), strings.TrimPrefix(path.Dir("/"+name), "/")
	if base == ".wh..wh..opq" {
		return []string{"opaque", hex.EncodeToString([]byte(directory)), ""}, nil
	}
	if strings.HasPrefix(base, ".wh..wh.") || base == ".wh." {
		return nil, nil
	}
	if strings.HasPrefix(base, ".wh.") {
		return []string{"whiteout", hex.EncodeToString([]byte(path.Join(directory, base[4:]))), ""}, nil
	}
	detail := ""
	switch kind {
	case "file":
		sum := sha256.New()
		if _, err := io.Copy(sum, content); err != nil {
			return nil, err
		}
		detail = hex.EncodeToString(sum.Sum(nil))
	case "symlink":
		detail = hex.EncodeToString([]byte(header.Linkname))
	case "hard":
		detail = hex.EncodeToString([]byte(clean(header.Linkname)))
	}
	return []string{kind, hex.EncodeToString([]byte(name)), detail}, nil
}

func read(name string) result {
	found := result{Status: "ok", Entries: [][]string{}}
	file, err := os.Open(name)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	archive := tar.NewReader(bufio.NewReader(file))
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return found
		}
		var entry []string
		if err == nil && header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if err == nil {
			entry, err = entryOf(header, archive)
		}
		if err != nil {
			found.Status = err.Error()
			return found
		}
		if entry != nil {
			found.Entries = append(found.Entries, entry)
		}
	}
}

func main() {
	names := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for names.Scan() {
		if err := out.Encode(read(names.Text())); err != nil {
			panic(err)
		}
	}
}
