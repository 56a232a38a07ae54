-- What a layer record has beyond its first MiB, which is in layer_records, in parts of at most 1 MiB counted from 1.
CREATE TABLE layer_record_parts (
    blob TEXT NOT NULL,
    part {integer} NOT NULL,
    bytes {bytes} NOT NULL,
    PRIMARY KEY (blob, part)
) {table};
