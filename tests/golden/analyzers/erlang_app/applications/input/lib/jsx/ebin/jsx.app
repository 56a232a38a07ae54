{application,jsx,
             [{description,"a streaming, evented json parsing toolkit"},
              {vsn,"3.1.0"},
              {modules,[jsx,jsx_config]},
              {licenses,["MIT",
                         "Apache-2.0"]},
              {links,[{"Github","https://github.com/talentdeficit/jsx"}]}]}.
