module local/prelude

go 1.24
